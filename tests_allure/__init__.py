"""Tests that need npm: the report that Allure generates from the results."""
