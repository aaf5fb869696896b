// What happened, told to whatever shows it. Modules that know nothing of each other meet here.
//
//   live        the connection began (true) or ended (false)
//   ticket      {key, ticket, change}: a ticket changed; without `ticket` it was deleted
//   missed      changes may have been missed: ask again for what is shown
//   notified    {event, data}: a notification arrived
//   unread      the number of unread notifications
//   viewers     {support_id, viewers}
//   command     a central server's command has an outcome
//   queue       what waits to be sent has changed
//   state       {stopped, full, offline}: the station's state as the page sees it
//   names       people or stations became known

const listeners = new Map()

export function on(event, work) {
  if (!listeners.has(event)) listeners.set(event, new Set())
  listeners.get(event).add(work)
  return () => listeners.get(event).delete(work)
}

export function tell(event, data) {
  for (const work of [...(listeners.get(event) ?? [])]) work(data)
}
