"""The console of the cadres at ``/admin``: pages over the rules, rendered on the server."""
