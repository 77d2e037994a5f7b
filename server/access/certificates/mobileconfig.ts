import { X509Certificate, createHash } from 'node:crypto'

/** An iOS and macOS profile that installs the CA; the person confirms it in the settings, in two steps. */
export function mobileconfig(caPem: string): string {
  const { raw, fingerprint256 } = new X509Certificate(caPem)
  const base64 = raw.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')
  const name = `Crashcart CA ${fingerprint256.slice(0, 11)}`
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>crashcart.ca</string>
<key>PayloadUUID</key><string>${uuidFrom(`profile ${fingerprint256}`)}</string>
<key>PayloadDisplayName</key><string>${name}</string>
<key>PayloadDescription</key><string>Lets this device trust your Crashcart. The CA can vouch only for private addresses and the names that you configured.</string>
<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>crashcart.ca.root</string>
<key>PayloadUUID</key><string>${uuidFrom(`root ${fingerprint256}`)}</string>
<key>PayloadDisplayName</key><string>${name}</string>
<key>PayloadContent</key><data>
${base64}
</data>
</dict></array>
</dict></plist>
`
}

/** The same CA gets the same ids, so that installing it again replaces it. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
