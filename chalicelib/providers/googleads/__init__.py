"""Google Ads: leads of the forms in advertisements."""
