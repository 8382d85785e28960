"""Plots: a table or a report in, a Plotly figure out. They know no files and no pipelines."""
