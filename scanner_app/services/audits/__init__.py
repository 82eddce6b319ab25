"""Audits from set-up to the sealed report.

`setup` makes an audit; `steps` moves it from state to state; `count` keeps its findings up to date
while scans arrive; `propose`, `decide` and `apply` handle corrections; `close` seals the `report`,
which `report_pdf` draws. Other packages use these modules; `_finding_rows` belongs to `count`.
"""
