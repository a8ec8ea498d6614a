"""What operators mend with: dead letters, halves that wait, announcements made again."""
