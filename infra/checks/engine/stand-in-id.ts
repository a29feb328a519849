/**
 * The name of an additional input, which no real resource has. It passes the id of a resource that a remote component
 * created to the fake provider.
 */
export const standInId = 'standInId';
