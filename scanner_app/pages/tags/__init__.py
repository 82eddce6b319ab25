"""Pages of radio tags: enrolment and finding."""
