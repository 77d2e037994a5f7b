import type { RouteRecordRaw } from 'vue-router'

/** Who gets in, and what is under More. All lazy. */
export const accessRoutes: RouteRecordRaw[] = [
  { path: '/setup', name: 'setup', meta: { isPublic: true }, component: () => import('./SetupView.vue') },
  {
    path: '/setup/codes',
    name: 'setup-codes',
    meta: { hidesTabs: true },
    component: () => import('./RecoveryStepView.vue'),
  },
  {
    path: '/setup/outside',
    name: 'setup-outside',
    meta: { hidesTabs: true },
    component: () => import('./OutsideStepView.vue'),
  },
  {
    path: '/sign-in',
    name: 'sign-in',
    meta: { isPublic: true },
    component: () => import('./SignInView.vue'),
  },
  {
    path: '/join',
    name: 'join',
    meta: { isPublic: true },
    component: () => import('./GuestJoinView.vue'),
  },
  {
    path: '/sign-in/code',
    name: 'recover',
    meta: { isPublic: true },
    component: () => import('./RecoverView.vue'),
  },
  { path: '/locked', name: 'locked', meta: { isPublic: true }, component: () => import('./LockedView.vue') },
  { path: '/more', name: 'more', component: () => import('./MoreView.vue') },
  { path: '/more/passkeys', name: 'passkeys', component: () => import('./PasskeysView.vue') },
  { path: '/more/passphrase', name: 'passphrase', component: () => import('./PassphraseView.vue') },
  { path: '/more/recovery', name: 'recovery', component: () => import('./RecoveryView.vue') },
  { path: '/more/sessions', name: 'sessions', component: () => import('./SessionsView.vue') },
  { path: '/more/users', name: 'users', component: () => import('./UsersView.vue') },
  { path: '/more/guests', name: 'guests', component: () => import('./GuestsView.vue') },
  { path: '/more/addresses', name: 'addresses', component: () => import('./AddressesView.vue') },
  { path: '/more/outside', name: 'outside', component: () => import('./OutsideView.vue') },
  { path: '/more/certificate', name: 'certificate', component: () => import('./CertificateView.vue') },
  { path: '/more/live', name: 'live', component: () => import('./LiveHelpView.vue') },
  { path: '/more/audit', name: 'audit', component: () => import('./AuditView.vue') },
]
