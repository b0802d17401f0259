"""`python course.py teach`: what a teacher needs, from the lessons and the records of their questions."""
