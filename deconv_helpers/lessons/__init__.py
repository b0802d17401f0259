"""The topics of the lessons: a module each, with its scene function, its explorer and its questions."""
