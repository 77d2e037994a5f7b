import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { getChassisStatus, IpmiClient, type SessionTicket } from 'node-ipmi'

// Started by crash.test.ts and killed at any moment: <port> <journal file>
const [, , port = '', file = ''] = process.argv

const client = new IpmiClient({
  host: '127.0.0.1',
  port: Number(port),
  username: 'oper',
  password: 'oper',
  journal: {
    load: () => Promise.resolve(readTickets()),
    save(tickets) {
      writeFileSync(`${file}.new`, JSON.stringify(tickets))
      renameSync(`${file}.new`, file)
      return Promise.resolve()
    },
  },
})

function readTickets(): SessionTicket[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SessionTicket[]
  } catch {
    // The first start: nothing was left behind.
    return []
  }
}

process.stdout.write('started\n')
for (;;) await client.run(getChassisStatus())
