-- The key of the page that follows a checkout which a server has made.
ALTER TABLE checkouts ADD COLUMN page_key TEXT;

CREATE TRIGGER checkouts_keep_their_page BEFORE UPDATE ON checkouts
    FOR EACH ROW WHEN (NEW.page_key IS DISTINCT FROM OLD.page_key)
    EXECUTE FUNCTION refuse('a checkout changes its status only');
