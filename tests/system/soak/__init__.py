"""`make soak`: the service under a steady load, under which nothing may grow."""
