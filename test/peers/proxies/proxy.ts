/** A reverse proxy that runs. */
export type Proxy = {
  /** Of https, on 127.0.0.1. */
  port: number
  output(): string
  stop(): Promise<void>
}

export type ProxyParts = {
  /** Crashcart's plain HTTP. */
  targetPort: number
  /** For `rack.example.net`, in PEM. */
  certificate: { cert: string; key: string }
  /** Makes a mistake in the guide's configuration. */
  change?(block: string): string
}
