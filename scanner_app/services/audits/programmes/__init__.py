"""Write programmes, and make the audits that they ask for."""
