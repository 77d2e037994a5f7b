import type { RouteRecordRaw } from 'vue-router'

/** Adding and editing what the rack consists of. All lazy. */
export const inventoryRoutes: RouteRecordRaw[] = [
  { path: '/add', name: 'add', component: () => import('./AddView.vue') },
  { path: '/machines/new', name: 'machine-new', component: () => import('./NewMachineView.vue') },
  {
    path: '/machines/:id/edit',
    name: 'machine-edit',
    props: true,
    component: () => import('./EditMachineView.vue'),
  },
  { path: '/bmcs', name: 'bmcs', component: () => import('./BmcsView.vue') },
  { path: '/bmcs/add', name: 'bmc-add', component: () => import('./AddBmcView.vue') },
  { path: '/bmcs/:id', name: 'bmc', props: true, component: () => import('./BmcView.vue') },
  { path: '/kvms', name: 'kvms', component: () => import('./KvmsView.vue') },
  { path: '/kvms/:id', name: 'kvm', props: true, component: () => import('./KvmView.vue') },
]
