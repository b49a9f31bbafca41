"""Chinese financial-news NLP: entities, quotes, numeric claims, stance and risks, exact to the character."""
