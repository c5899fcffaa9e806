-- The key of the page that follows a checkout which a server has made.
ALTER TABLE checkouts ADD COLUMN page_key TEXT;

CREATE TRIGGER checkouts_keep_their_page BEFORE UPDATE OF page_key ON checkouts
BEGIN
    SELECT RAISE(ABORT, 'a checkout changes its status only')
    WHERE NEW.page_key IS NOT OLD.page_key;
END;
