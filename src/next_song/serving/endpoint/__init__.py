"""SageMaker endpoints: deploys, updates, queries, lists and deletes them.

Only this package uses SageMaker. Importing it imports no AWS library.
"""
