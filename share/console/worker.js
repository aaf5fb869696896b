// The service worker: the page opens without a line. What the station has newer comes first; nothing of its interface is
// kept here.

const name = 'desk'
const isShell = (url) => url.origin === location.origin && /^\/([\w.-]+\.(js|css|svg|json))?$/.test(url.pathname)

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

/** The page names the files it consists of. */
self.addEventListener('message', (event) =>
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(event.data))))

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !isShell(new URL(request.url))) return
  event.respondWith(answer(request))
})

/** The station's answer, or the kept one if none comes within three seconds. */
async function answer(request) {
  const cache = await caches.open(name)
  const kept = () => cache.match(request, { ignoreSearch: true })
  const fresh = fetch(request).then((response) => {
    if (response.ok) cache.put(request, response.clone())
    return response
  })
  const late = new Promise((resolve) => setTimeout(resolve, 3000)).then(kept)
  return Promise.race([fresh, late.then((found) => found ?? fresh)]).catch(async () => await kept() ?? Response.error())
}
