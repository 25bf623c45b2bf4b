"""What every page of the web server stands behind: headers, limits, own hosts, fresh files, polite refusals."""
