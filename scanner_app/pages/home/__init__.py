"""The start page, the phone's menu, and loading the sample office."""
