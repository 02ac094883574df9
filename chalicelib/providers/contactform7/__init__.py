"""Contact Form 7: forms of WordPress sites, sent by the plugin CF7 to Webhook."""
