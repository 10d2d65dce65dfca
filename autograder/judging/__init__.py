"""The judge: calls go to a student's function, replies are compared with an answer key. It knows no lesson and no course."""
