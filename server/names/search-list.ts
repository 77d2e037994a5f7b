/** The names to ask DNS for, in order, where a person gave `name`. @see resolv.conf(5), `search` and `ndots` */
export function searchedNames(resolvConf: string, name: string): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const { domains, dots } = searchSettings(resolvConf)
  const full = domains.map((domain) => `${name}.${domain}`)
  return name.split('.').length - 1 >= dots ? [name, ...full] : [...full, name]
}

/** The last `search` or `domain` line counts, as in the C library. */
function searchSettings(text: string): { domains: string[]; dots: number } {
  let domains: string[] = []
  let dots = 1
  for (const line of text.split('\n')) {
    const [key, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (key === 'search') domains = values
    if (key === 'domain') domains = values.slice(0, 1)
    const option = key === 'options' ? values.find((value) => value.startsWith('ndots:')) : undefined
    if (option !== undefined) dots = Number(option.slice('ndots:'.length)) || 0
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, '')).filter(Boolean), dots }
}
