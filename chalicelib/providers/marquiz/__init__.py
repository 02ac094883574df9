"""Marquiz: answers of quizzes."""
