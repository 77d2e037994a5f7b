import type { SessionView } from '../../../server/contract/access.ts'
import type {
  GuestJoinBody,
  GuestLinkRow,
  GuestOffer,
  NewGuestLink,
  NewGuestLinkBody,
} from '../../../server/contract/guest.ts'
import { api } from '../../api/http.ts'

/** The requests about guest links. All reject with ApiError. */
export const guestApi = {
  links: () => api<GuestLinkRow[]>('get', 'guest-links'),
  make: (body: NewGuestLinkBody) => api<NewGuestLink>('post', 'guest-links', { body }),
  end: (id: string) => api<void>('delete', `guest-links/${encodeURIComponent(id)}`),
  /** What a link gives; asking spends nothing. */
  offer: (token: string) => api<GuestOffer>('post', 'guest/offer', { body: { token } }),
  join: (body: GuestJoinBody) => api<SessionView>('post', 'guest/join', { body }),
  leave: () => api<void>('delete', 'session'),
}
