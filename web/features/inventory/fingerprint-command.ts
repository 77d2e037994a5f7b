/** Prints the same fingerprint (SHA-256 of the public key) on a PiKVM itself. */
export const fingerprintCommand =
  'openssl x509 -in /etc/kvmd/nginx/ssl/server.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -c | tr a-f A-F'
