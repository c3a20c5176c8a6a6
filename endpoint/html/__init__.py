"""What every HTML page needs: addresses, languages, the frame, markup."""
