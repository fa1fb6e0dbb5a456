"""Judge: does a record meet the review's criteria, and which words say so?"""
