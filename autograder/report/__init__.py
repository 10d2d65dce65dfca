"""What a class and each student read after grading: `class_report` and `feedback_page`. Plain functions of records."""
