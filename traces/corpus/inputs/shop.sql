-- A small shop: orders come, are joined, changed and deleted.
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer, item TEXT, price REAL, day INTEGER);
CREATE INDEX purchase_customer ON purchase (customer, day);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
  INSERT INTO customer SELECT i, 'customer ' || i, substr('FordMillHillGate', 1 + 4 * (i % 4), 4) FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
  INSERT INTO purchase SELECT i, 1 + i * 37 % 80, 'item ' || (i * 13 % 101), i % 97 + 0.5, i % 30 FROM n;
SELECT town, count(*), round(sum(price), 1) FROM customer JOIN purchase ON purchase.customer = customer.id GROUP BY town ORDER BY 3 DESC;
SELECT name, group_concat(item, ', ') FROM customer JOIN purchase ON purchase.customer = customer.id WHERE day = 7 GROUP BY name LIMIT 20;
UPDATE purchase SET price = price * 1.1 WHERE day > 20;
DELETE FROM purchase WHERE day < 5;
CREATE VIEW big AS SELECT customer, sum(price) AS total FROM purchase GROUP BY customer HAVING total > 300;
SELECT name, total FROM big JOIN customer ON customer.id = big.customer ORDER BY total DESC LIMIT 10;
WITH RECURSIVE walk (id, path) AS (SELECT id, name FROM customer WHERE id = 1
  UNION ALL SELECT customer.id, path || '>' || customer.id FROM walk JOIN customer ON customer.id = walk.id * 2)
  SELECT path FROM walk ORDER BY length(path) DESC LIMIT 1;
