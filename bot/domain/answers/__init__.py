"""From a question nobody could answer to an entry that answers everybody: topics, drafts, publishing, tidings."""
