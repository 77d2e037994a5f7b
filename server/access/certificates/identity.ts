/** The server's certificate as it is now, in PEM. */
export type TlsFiles = { cert: string; key: string }

/** What HTTPS shows of itself, and the CA that people may install. */
export type TlsIdentity = {
  current(): TlsFiles
  /** Called after each new certificate. */
  onChange(listener: () => void): () => void
  /** The own CA in PEM; null when the certificate comes from files or is a stopgap. */
  caPem(): string | null
  close(): void
}

/** The listeners of one identity. */
export function createListeners(): { add(listener: () => void): () => void; call(): void } {
  const listeners = new Set<() => void>()
  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    call() {
      for (const listener of listeners) listener()
    },
  }
}
