"""`make deploys`: measures how thousands of clients get over a deploy."""
