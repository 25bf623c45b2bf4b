"""What people see on the way and report: to the grid worker, step by step up the tree, until they say it is mended."""
