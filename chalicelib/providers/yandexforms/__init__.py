"""Yandex Forms."""
