"""Endpoints: are the sites and services there that the shop lives on, seen from outside?"""
