"""Tests that need npm: what Allure itself makes of our results."""
