// One transaction in IndexedDB: in pages, workers and the service workers of extensions.

/** Where something is stored: a database with one store. */
export interface Place {
  readonly database: string;
  readonly store: string;
}

/** What a transaction does. It can take one request's answer into the next, and says what comes of it. */
export type Work<T> = (store: IDBObjectStore, say: (result: T | undefined) => void) => void;

/** Runs one transaction. What it says counts once it is stored durably. */
export async function transact<T>(place: Place, mode: IDBTransactionMode, work: Work<T>): Promise<T | undefined> {
  const database = await connect(place);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(place.store, mode, { durability: "strict" });
      let result: T | undefined;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error);
      work(transaction.objectStore(place.store), (said) => (result = said));
    });
  } finally {
    database.close();
  }
}

async function connect(place: Place): Promise<IDBDatabase> {
  const request = indexedDB.open(place.database, 1);
  return new Promise((resolve, reject) => {
    request.onupgradeneeded = () => request.result.createObjectStore(place.store);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
