"""What every bench needs: databases that keep what they say, processes, CPU accounts, load, tables."""
