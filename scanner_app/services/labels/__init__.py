"""Labels drawn: one layout in whole dots, from which PDF, picture and ZPL are made."""
