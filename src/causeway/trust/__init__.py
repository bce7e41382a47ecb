"""What can be promised of a trained model: privacy, coverage."""
