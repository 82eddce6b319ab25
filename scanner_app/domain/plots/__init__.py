"""Plots as geometry: what a pen for SVG and a pen for PDF both draw, without I/O."""
