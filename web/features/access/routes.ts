import type { RouteRecordRaw } from 'vue-router'

/** Who gets in, and what is under More. All lazy. */
export const accessRoutes: RouteRecordRaw[] = [
  { path: '/setup', name: 'setup', meta: { isPublic: true }, component: () => import('./SetupView.vue') },
  {
    path: '/sign-in',
    name: 'sign-in',
    meta: { isPublic: true },
    component: () => import('./SignInView.vue'),
  },
  { path: '/locked', name: 'locked', meta: { isPublic: true }, component: () => import('./LockedView.vue') },
  { path: '/more', name: 'more', component: () => import('./MoreView.vue') },
]
