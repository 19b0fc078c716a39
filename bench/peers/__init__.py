"""What feedsvc is measured against, each as its own documentation recommends."""
