"""What each role calls on AWS, and what its policy allows."""
