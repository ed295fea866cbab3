"""What the pages about schemas share: words, trees, drafts."""
