import type { TextScreen } from './text-screen.ts'

/** What the guest's shell may ask of, and know about, the machine it runs on. */
export interface GuestHost {
  name: string
  kernel: string
  rootPassword: string
  uptimeMs(): number
  networkIsUp(): boolean
  powerOff(): void
  reboot(): void
}

/** One line that somebody typed and ended with Enter. Passwords are kept: the demo has no secrets. */
export interface TypedLine {
  prompt: 'login' | 'password' | 'shell'
  text: string
}

type Prompt = TypedLine['prompt']

/** A console login and a small shell that answers keys on a text screen. */
export class GuestShell {
  readonly #screen: TextScreen
  readonly #host: GuestHost
  #prompt: Prompt = 'login'
  #user = ''
  #line = ''

  constructor(screen: TextScreen, host: GuestHost) {
    this.#screen = screen
    this.#host = host
  }

  /** Prints the login banner on a cleared screen. */
  start(): void {
    this.#screen.reset('1024x768', true)
    this.#screen.write(`Debian GNU/Linux 12 ${this.#host.name} tty1\n\n`)
    this.#askLogin()
  }

  /** Handles one typed character ('\n', '\b' and '\x03' included); returns a line once it is complete. */
  type(character: string): TypedLine | undefined {
    if (character === '\b') return this.#erase()
    if (character === '\x03') return this.#interrupt()
    if (character !== '\n') {
      this.#line += character
      if (this.#prompt !== 'password') this.#screen.write(character)
      return undefined
    }
    const typed: TypedLine = { prompt: this.#prompt, text: this.#line }
    this.#line = ''
    this.#screen.write('\n')
    this.#submit(typed)
    return typed
  }

  #erase(): undefined {
    if (this.#line.length === 0) return
    this.#line = this.#line.slice(0, -1)
    if (this.#prompt !== 'password') this.#screen.write('\b \b')
  }

  #interrupt(): undefined {
    this.#line = ''
    this.#screen.write('^C\n')
    if (this.#prompt === 'shell') this.#askCommand()
    else this.#askLogin()
  }

  #submit(typed: TypedLine): void {
    if (typed.prompt === 'login') return this.#acceptUser(typed.text)
    if (typed.prompt === 'password') return this.#acceptPassword(typed.text)
    this.#run(typed.text.trim())
  }

  #acceptUser(user: string): void {
    if (!user) return this.#askLogin()
    this.#user = user
    this.#prompt = 'password'
    this.#screen.write('Password: ')
  }

  #acceptPassword(password: string): void {
    if (this.#user !== 'root' || password !== this.#host.rootPassword) {
      this.#screen.write('\nLogin incorrect\n')
      return this.#askLogin()
    }
    this.#screen.write(`Linux ${this.#host.name} ${this.#host.kernel} x86_64\n`)
    this.#askCommand()
  }

  #askLogin(): void {
    this.#prompt = 'login'
    this.#screen.write(`${this.#host.name} login: `)
  }

  #askCommand(): void {
    this.#prompt = 'shell'
    this.#screen.write(`root@${this.#host.name}:~# `)
  }

  #run(line: string): void {
    const [command = '', ...args] = line.split(/\s+/)
    if (command === 'poweroff') return this.#host.powerOff()
    if (command === 'reboot') return this.#host.reboot()
    if (command === 'exit' || command === 'logout') return this.start()
    if (command === 'clear') this.#screen.clear()
    else this.#screen.write(this.#answer(command, args))
    this.#askCommand()
  }

  #answer(command: string, args: string[]): string {
    const upSeconds = Math.floor(this.#host.uptimeMs() / 1000)
    switch (command) {
      case '':
        return ''
      case 'echo':
        return `${args.join(' ')}\n`
      case 'hostname':
        return `${this.#host.name}\n`
      case 'whoami':
        return 'root\n'
      case 'pwd':
        return '/root\n'
      case 'ls':
        return 'backup.sh  notes.txt\n'
      case 'uname':
        return `Linux ${this.#host.name} ${this.#host.kernel} x86_64 GNU/Linux\n`
      case 'uptime':
        return ` up ${Math.floor(upSeconds / 60)} min ${upSeconds % 60} s,  1 user,  load average: 0.08, 0.03, 0.01\n`
      case 'ip':
        return `eth0: <BROADCAST,MULTICAST,UP> state ${this.#host.networkIsUp() ? 'UP' : 'DOWN'}\n`
      case 'help':
        return 'echo hostname whoami pwd ls uname uptime ip clear exit reboot poweroff\n'
      default:
        return `-bash: ${command}: command not found\n`
    }
  }
}
