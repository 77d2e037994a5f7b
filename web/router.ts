import { createRouter, createWebHistory, type Router } from 'vue-router'
import { inventoryRoutes } from './features/inventory/routes.ts'
import { accessRoutes } from './features/access/routes.ts'
import TriageView from './features/triage/TriageView.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without a session (sign-in, setup). */
    isPublic?: boolean
    /** Screen and terminal use the whole height. */
    hidesTabs?: boolean
  }
}

/** All addresses of the page; each opens cold. Only triage is in the first load. Views get the path's `id` as prop. */
export function makeRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', name: 'triage', component: TriageView },
      {
        path: '/machines/:id',
        name: 'machine',
        props: true,
        component: () => import('./features/device/DeviceView.vue'),
      },
      {
        path: '/machines/:id/screen',
        name: 'screen',
        props: true,
        meta: { hidesTabs: true },
        component: () => import('./features/screen/ScreenView.vue'),
      },
      {
        path: '/machines/:id/where',
        name: 'where',
        meta: { hidesTabs: true },
        props: (route) => ({ markDeviceId: route.params.id }),
        component: () => import('./features/rack/RackView.vue'),
      },
      { path: '/rack', name: 'rack', component: () => import('./features/rack/RackView.vue') },
      ...accessRoutes,
      ...inventoryRoutes,
      { path: '/:rest(.*)*', redirect: '/' },
    ],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
}
