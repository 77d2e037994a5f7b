import type { RouteRecordRaw } from 'vue-router'

/** Adding and editing what the rack consists of. All lazy. */
export const inventoryRoutes: RouteRecordRaw[] = [
  { path: '/add', name: 'add', component: () => import('./AddView.vue') },
]
