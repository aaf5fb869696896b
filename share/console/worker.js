// The service worker: the page opens without a line. What the station has comes first; of its interface nothing is kept.

const isFile = (url) => url.origin === location.origin && /^\/([\w.-]+\.(js|css|svg|json))?$/.test(url.pathname)

addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))

/** The page names the files of which it consists. */
addEventListener('message', (event) => event.waitUntil(caches.open('desk').then((cache) => cache.addAll(event.data))))

addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method === 'GET' && isFile(new URL(request.url))) event.respondWith(answer(request))
})

/** The station's answer, or the kept one if none comes within three seconds. */
async function answer(request) {
  const cache = await caches.open('desk')
  const kept = await cache.match(request)
  const fresh = fetch(request).then((response) => {
    if (response.ok) cache.put(request, response.clone())
    return response
  })
  if (!kept) return fresh
  return Promise.race([fresh, new Promise((resolve) => setTimeout(resolve, 3000, kept.clone()))]).catch(() => kept)
}
