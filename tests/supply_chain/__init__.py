"""What ships: its bills of materials, its licences, its known vulnerabilities."""
