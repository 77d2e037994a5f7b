// The floor for `first-load`: the libraries that Crashcart's page uses, and nothing drawn with them.
import ky from 'ky'
import { createPinia } from 'pinia'
import { createApp, h } from 'vue'
import { createRouter, createWebHistory, RouterView } from 'vue-router'

const Home = { render: () => h('main', { id: 'ready' }, 'ready') }
const router = createRouter({
  history: createWebHistory(),
  routes: [{ path: '/:all(.*)*', component: Home }],
})
const app = createApp({ render: () => h(RouterView) })
app
  .use(createPinia())
  .use(router)
  .provide('http', ky.create({ retry: 0 }))
  .mount('#app')
