"""The texts of statistical tables: titles, codes, periods, numbers, scales and attributes."""
